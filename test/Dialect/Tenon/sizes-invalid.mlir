// RUN: tenon-opt %s -split-input-file -verify-diagnostics

// expected-error@+1 {{axis 1 has the negative size -1}}
func.func private @negative_size(!tenon.tensor<[2, -1] f32>)

// -----

// expected-error@+1 {{tensor of 'i8'; expected f64, f32, bf16, i64, i32 or i1}}
func.func private @element_type(!tenon.tensor<[2] i8>)

// -----

// expected-error@+1 {{tensor of rank 17; expected at most 16}}
func.func private @rank_17(!tenon.tensor<[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] f32>)

// -----

// expected-error@+1 {{size does not fit 64 bits}}
func.func private @coefficient_too_large(!tenon.tensor<[4294967296*4294967296*B] f32>)

// -----

// expected-error@+1 {{the size of the tensor in bytes does not fit 64 bits}}
func.func private @bytes_too_many(!tenon.tensor<[4294967296, 4294967296] f32>)

// -----

// A size known only at run time has a name.
// expected-error@+1 {{expected valid keyword}}
func.func private @unknown_size(!tenon.tensor<[?] f32>)

// -----

// expected-error@+1 {{C1: lower bound; expected 0 or more, got -1}}
tenon.size @size_c1_lower from -1 to 4

// -----

// expected-error@+1 {{C1: upper bound; expected 5 or more, got 4}}
tenon.size @size_c1_upper from 5 to 4
