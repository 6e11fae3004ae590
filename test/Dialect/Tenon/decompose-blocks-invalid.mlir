// RUN: tenon-opt %s -tenon-decompose-blocks -split-input-file -verify-diagnostics

func.func @not_decomposed_heads_share_keys(%q: !tenon.tensor<[4, N, 8] f32>, %k: !tenon.tensor<[2, N, 8] f32>) -> !tenon.tensor<[4, N, 8] f32> {
  // expected-error@+1 {{does not decompose: heads share keys}}
  %y = tenon.attention %q, %k, %k scale 1.0 : !tenon.tensor<[4, N, 8] f32>, !tenon.tensor<[2, N, 8] f32>, !tenon.tensor<[2, N, 8] f32> -> !tenon.tensor<[4, N, 8] f32>
  return %y : !tenon.tensor<[4, N, 8] f32>
}

// -----

func.func @not_decomposed_causal(%q: !tenon.tensor<[4, N, 8] f32>) -> !tenon.tensor<[4, N, 8] f32> {
  // expected-error@+1 {{does not decompose: scores depend on positions}}
  %y = tenon.attention %q, %q, %q scale 1.0 causal : !tenon.tensor<[4, N, 8] f32>, !tenon.tensor<[4, N, 8] f32>, !tenon.tensor<[4, N, 8] f32> -> !tenon.tensor<[4, N, 8] f32>
  return %y : !tenon.tensor<[4, N, 8] f32>
}

// -----

func.func @not_decomposed_score_of_a_position(%q: !tenon.tensor<[4, N, 8] f32>) -> !tenon.tensor<[4, N, 8] f32> {
  // expected-error@+1 {{does not decompose: scores depend on positions}}
  %y = tenon.attention %q, %q, %q scale 1.0 : !tenon.tensor<[4, N, 8] f32>, !tenon.tensor<[4, N, 8] f32>, !tenon.tensor<[4, N, 8] f32> -> !tenon.tensor<[4, N, 8] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %same = arith.cmpi eq, %i, %j : index
    %zero = arith.constant 0.0 : f32
    %t = arith.select %same, %zero, %s : f32
    tenon.yield %t : f32
  }
  return %y : !tenon.tensor<[4, N, 8] f32>
}
