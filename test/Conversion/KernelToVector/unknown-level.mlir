// RUN: not tenon-opt %s --convert-kernel-to-vector=level=v9 2>&1 | FileCheck %s

// CHECK: unknown CPU level 'v9'
module {
}
