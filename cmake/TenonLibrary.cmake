# Functions that declare the project's libraries, tools and tests.

# Warnings are errors in our own code; LLVM's and generated headers count as
# system headers.
function(tenon_configure target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Werror -fvisibility-inlines-hidden)
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}/include" "${CMAKE_SOURCE_DIR}")
  target_include_directories(${target} SYSTEM PUBLIC "${CMAKE_BINARY_DIR}/include" "${CMAKE_BINARY_DIR}")
endfunction()

# tenon_mlir_library(NAME source... [LINK library...] [DEPENDS target...])
# A static library that uses MLIR. libMLIR.so and libLLVM.so are the only LLVM
# libraries ever linked.
function(tenon_mlir_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  tenon_configure(${name})
  target_include_directories(${name} SYSTEM PUBLIC ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
  target_compile_definitions(${name} PUBLIC ${TENON_LLVM_DEFINITIONS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# What plugins find in a tool that loads them: all of these libraries.
set(TENON_PLUGIN_LIBRARIES TenonDialect TenonKernelDialect TenonToKernel TenonReference
    TenonLang TenonLangImport TenonSupport)

# tenon_mlir_tool(NAME source... [LINK library...] [LOADS_PLUGINS])
function(tenon_mlir_tool name)
  cmake_parse_arguments(ARG "LOADS_PLUGINS" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  tenon_configure(${name})
  target_include_directories(${name} SYSTEM PRIVATE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
  target_compile_definitions(${name} PRIVATE ${TENON_LLVM_DEFINITIONS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  target_link_options(${name} PRIVATE -fuse-ld=lld)
  if(ARG_LOADS_PLUGINS)
    target_link_libraries(${name} PRIVATE ${TENON_PLUGIN_LIBRARIES})
    # As options: a library may stand twice among those that are linked.
    list(TRANSFORM TENON_PLUGIN_LIBRARIES REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE files)
    target_link_options(${name} PRIVATE LINKER:--whole-archive ${files} LINKER:--no-whole-archive)
    set_target_properties(${name} PROPERTIES ENABLE_EXPORTS ON)
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
endfunction()

# tenon_tablegen(TARGET file.td [-gen-x out.inc]...)
# Runs mlir-tblgen once per pair and makes TARGET stand for all outputs.
function(tenon_tablegen target td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  set(args ${ARGN})
  list(LENGTH args count)
  math(EXPR last "${count} - 1")
  foreach(i RANGE 0 ${last} 2)
    list(GET args ${i} action)
    math(EXPR j "${i} + 1")
    list(GET args ${j} output)
    separate_arguments(flags NATIVE_COMMAND "${action}")
    mlir_tablegen(${output} ${flags})
  endforeach()
  add_public_tablegen_target(${target})
endfunction()

# tenon_plugin(NAME source... [DEPENDS target...])
# A shared library that the tools load (docs/Plugins.md). It is linked with nothing:
# the tool that loads it has everything.
function(tenon_plugin name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_library(${name} MODULE ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}" "${CMAKE_CURRENT_BINARY_DIR}")
  target_compile_definitions(${name} PRIVATE ${TENON_LLVM_DEFINITIONS})
  target_compile_options(${name} PRIVATE -Wall -fvisibility-inlines-hidden)
  set_target_properties(${name} PROPERTIES PREFIX "")
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()
