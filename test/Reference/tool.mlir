// The tool: files in and out, comparison, exit codes.
// RUN: rm -rf %t && mkdir -p %t
// RUN: %python %S/Inputs/write_tensors.py %t
// RUN: tenon-reference %s --input x=%t/x.npy --weights %t/w.safetensors --output-dir %t --print \
// RUN:   | FileCheck %s
// RUN: tenon-reference %s --input x=%t/x.npy --weights %t/w.safetensors --compare y=%t/y.npy \
// RUN:   | FileCheck %s --check-prefix=SAME
// RUN: not tenon-reference %s \
// RUN:   --input x=%t/x.npy --weights %t/w.safetensors --compare 'y=[[5, 7], [11, 16]]' \
// RUN:   | FileCheck %s --check-prefix=OTHER
// RUN: not tenon-reference %s \
// RUN:   --input x=%t/x.npy --weights %t/w.safetensors --compare 'y=[[5, nan], [11, 15]]' \
// RUN:   | FileCheck %s --check-prefix=NAN
// RUN: not tenon-reference %s --input x=%t/x.npy --weights %t/w.safetensors --compare 'y=[5]' \
// RUN:   | FileCheck %s --check-prefix=SHAPE
// RUN: not tenon-reference %s --input x=%t/none.npy 2>&1 | FileCheck %s --check-prefix=NOFILE
// RUN: not tenon-reference %s --input 'x=[[1, 2], [3]]' 2>&1 | FileCheck %s --check-prefix=RAGGED
// RUN: not tenon-reference %s --input 'x=[[1, two]]' 2>&1 | FileCheck %s --check-prefix=NUMBER
// RUN: not tenon-reference %s --nonsense 2>&1 | FileCheck %s --check-prefix=OPTION
// RUN: not tenon-reference %t/none.mlir 2>&1 | FileCheck %s --check-prefix=NOMODULE

tenon.size @N from 0 to *
tenon.param trainable @w : !tenon.tensor<[2, 2] f32>

// CHECK{LITERAL}: y = [[5, 7], [11, 15]]
// SAME: y: relative 0.00e+00, largest 0.00e+00 at 0
// OTHER: y: relative 4.88e-02, largest 1.00e+00 at 3
// NAN: y: relative 0.00e+00, largest 0.00e+00 at 0, 1 mismatches
// SHAPE: y: shape [1]; expected [2, 2]
// NOFILE: none.npy
// RAGGED: x: error: expected lists of 2 values
// NUMBER: x: error: expected a number at character 5
// OPTION: nonsense
// NOMODULE: none.mlir: error: No such file or directory
func.func @main(%x: !tenon.tensor<[N, 2] f32> {tenon.name = "x"}) -> (!tenon.tensor<[N, 2] f32> {tenon.name = "y"}) {
  %w = tenon.read @w : !tenon.tensor<[2, 2] f32>
  %y = tenon.contract %x[a, b], %w[c, b] -> [a, c]
      : !tenon.tensor<[N, 2] f32>, !tenon.tensor<[2, 2] f32> -> !tenon.tensor<[N, 2] f32>
  return %y : !tenon.tensor<[N, 2] f32>
}
