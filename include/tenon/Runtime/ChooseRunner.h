//===- ChooseRunner.h - where a program runs ------------------------------===//
#ifndef TENON_RUNTIME_CHOOSERUNNER_H
#define TENON_RUNTIME_CHOOSERUNNER_H

#include "tenon/Runtime/Cpu/ThreadPool.h"
#include "tenon/Runtime/ProgramRunner.h"

namespace tenon::runtime {

/// The runner for the device that the options ask for; an Environment error where that
/// cannot be. When nothing is asked for and a program with code for GPUs finds none, a
/// note says why it runs on the CPU.
Result<std::unique_ptr<ProgramRunner>> chooseRunner(const tn_program &program,
                                                    const ContextOptions &options, ThreadPool &pool,
                                                    std::vector<std::string> &notes);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CHOOSERUNNER_H
