// RUN: tenon-opt %s -convert-kernel-to-nvvm=target=sm_70 -verify-diagnostics

// expected-error@below {{unknown kind of GPUs 'sm_70'}}
module {
}
