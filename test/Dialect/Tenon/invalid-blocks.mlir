// RUN: tenon-opt %s -split-input-file -verify-diagnostics

// One case per constraint of ffn, normalize, conv, rational, kan and route.

func.func @ffn_c1_rank(%x: !tenon.tensor<[B, 4] f32>, %w1: !tenon.tensor<[8, 4, 1] f32>, %w2: !tenon.tensor<[6, 8] f32>) {
  // expected-error@+1 {{C1: ranks of x, W1 and W2; expected 1 or more, 2 and 2}}
  %y = tenon.ffn %x, %w1, %w2
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4, 1] f32>, !tenon.tensor<[6, 8] f32>) -> !tenon.tensor<[B, 6] f32> {
  ^bb0(%h: f32):
    tenon.yield %h : f32
  }
  return
}

// -----

func.func @ffn_c1_width_of_w1(%x: !tenon.tensor<[B, 4] f32>, %w1: !tenon.tensor<[8, 5] f32>, %w2: !tenon.tensor<[6, 8] f32>) {
  // expected-error@+1 {{C1: width of W1; expected 4, got 5}}
  %y = tenon.ffn %x, %w1, %w2
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 5] f32>, !tenon.tensor<[6, 8] f32>) -> !tenon.tensor<[B, 6] f32> {
  ^bb0(%h: f32):
    tenon.yield %h : f32
  }
  return
}

// -----

func.func @ffn_c1_width_of_w2(%x: !tenon.tensor<[B, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 9] f32>) {
  // expected-error@+1 {{C1: width of W2; expected 8, got 9}}
  %y = tenon.ffn %x, %w1, %w2
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[6, 9] f32>) -> !tenon.tensor<[B, 6] f32> {
  ^bb0(%h: f32):
    tenon.yield %h : f32
  }
  return
}

// -----

func.func @ffn_c2_bias_1(%x: !tenon.tensor<[B, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>, %b1: !tenon.tensor<[6] f32>) {
  // expected-error@+1 {{C2: b1; expected [8], got [6]}}
  %y = tenon.ffn %x, %w1, %w2 bias %b1, none
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[6, 8] f32>, !tenon.tensor<[6] f32>) -> !tenon.tensor<[B, 6] f32> {
  ^bb0(%h: f32):
    tenon.yield %h : f32
  }
  return
}

// -----

func.func @ffn_c2_bias_2(%x: !tenon.tensor<[B, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>, %b2: !tenon.tensor<[1, 6] f32>) {
  // expected-error@+1 {{C2: b2; expected [6], got [1, 6]}}
  %y = tenon.ffn %x, %w1, %w2 bias none, %b2
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[6, 8] f32>, !tenon.tensor<[1, 6] f32>) -> !tenon.tensor<[B, 6] f32> {
  ^bb0(%h: f32):
    tenon.yield %h : f32
  }
  return
}

// -----

func.func @ffn_c3(%x: !tenon.tensor<[B, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>) {
  // expected-error@+1 {{C3: result; expected '!tenon.tensor<[B, 6] f32>', got '!tenon.tensor<[B, 4] f32>'}}
  %y = tenon.ffn %x, %w1, %w2
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[6, 8] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%h: f32):
    tenon.yield %h : f32
  }
  return
}

// -----

func.func @ffn_c4_argument(%x: !tenon.tensor<[B, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>) {
  // expected-error@+1 {{C4: the activation must take one f32 and yield one f32}}
  %y = tenon.ffn %x, %w1, %w2
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[6, 8] f32>) -> !tenon.tensor<[B, 6] f32> {
  ^bb0(%h: f32, %g: f32):
    tenon.yield %h : f32
  }
  return
}

// -----

func.func @ffn_c4_yield(%x: !tenon.tensor<[B, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>) {
  // expected-error@+1 {{C4: the activation must take one f32 and yield one f32}}
  %y = tenon.ffn %x, %w1, %w2
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[6, 8] f32>) -> !tenon.tensor<[B, 6] f32> {
  ^bb0(%h: f32):
    %c = arith.constant true
    tenon.yield %c : i1
  }
  return
}

// -----

func.func @ffn_c4_op(%x: !tenon.tensor<[B, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>) {
  // expected-error@+1 {{C4: 'tenon.constant' is not a scalar op without side effects}}
  %y = tenon.ffn %x, %w1, %w2
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[6, 8] f32>) -> !tenon.tensor<[B, 6] f32> {
  ^bb0(%h: f32):
    %c = tenon.constant 1.0 : f32 -> !tenon.tensor<[] f32>
    tenon.yield %h : f32
  }
  return
}

// -----

func.func @normalize_c1_empty(%x: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C1: axes must ascend within rank 2 and not be empty}}
  %y = tenon.normalize %x over [] eps 1.0e-05 : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @normalize_c1_range(%x: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C1: axes must ascend within rank 2 and not be empty}}
  %y = tenon.normalize %x over [2] eps 1.0e-05 : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @normalize_c1_twice(%x: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C1: axes must ascend within rank 2 and not be empty}}
  %y = tenon.normalize %x over [1, 1] eps 1.0e-05 : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @normalize_c2_negative(%x: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C2: eps must be finite and not negative}}
  %y = tenon.normalize %x over [1] eps -1.0 : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @normalize_c2_infinite(%x: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C2: eps must be finite and not negative}}
  %y = tenon.normalize %x over [1] eps 0x7FF0000000000000 : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @normalize_c3(%x: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C3: result; expected '!tenon.tensor<[B, 4] f32>', got '!tenon.tensor<[4, B] f32>'}}
  %y = tenon.normalize %x over [1] eps 1.0e-05 : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[4, B] f32>
  return
}

// -----

func.func @conv_c1(%x: !tenon.tensor<[B, 4, 8, 8] f32>, %w: !tenon.tensor<[6, 4, 3] f32>) {
  // expected-error@+1 {{C1: ranks 4, 3 and 4; expected one rank of at least 3}}
  %y = tenon.conv %x, %w strides [1, 1] pads [0, 0] dilations [1, 1] groups 1
      : !tenon.tensor<[B, 4, 8, 8] f32>, !tenon.tensor<[6, 4, 3] f32> -> !tenon.tensor<[B, 6, 6, 6] f32>
  return
}

// -----

func.func @conv_c2_count(%x: !tenon.tensor<[B, 4, 8, 8] f32>, %w: !tenon.tensor<[6, 4, 3, 3] f32>) {
  // expected-error@+1 {{C2: expected 2 strides, pads and dilations}}
  %y = tenon.conv %x, %w strides [1] pads [0, 0] dilations [1, 1] groups 1
      : !tenon.tensor<[B, 4, 8, 8] f32>, !tenon.tensor<[6, 4, 3, 3] f32> -> !tenon.tensor<[B, 6, 6, 6] f32>
  return
}

// -----

func.func @conv_c2_stride(%x: !tenon.tensor<[B, 4, 8, 8] f32>, %w: !tenon.tensor<[6, 4, 3, 3] f32>) {
  // expected-error@+1 {{C2: strides, dilations and groups are 1 or more, pads 0 or more}}
  %y = tenon.conv %x, %w strides [0, 1] pads [0, 0] dilations [1, 1] groups 1
      : !tenon.tensor<[B, 4, 8, 8] f32>, !tenon.tensor<[6, 4, 3, 3] f32> -> !tenon.tensor<[B, 6, 6, 6] f32>
  return
}

// -----

func.func @conv_c2_pad(%x: !tenon.tensor<[B, 4, 8, 8] f32>, %w: !tenon.tensor<[6, 4, 3, 3] f32>) {
  // expected-error@+1 {{C2: strides, dilations and groups are 1 or more, pads 0 or more}}
  %y = tenon.conv %x, %w strides [1, 1] pads [0, -1] dilations [1, 1] groups 1
      : !tenon.tensor<[B, 4, 8, 8] f32>, !tenon.tensor<[6, 4, 3, 3] f32> -> !tenon.tensor<[B, 6, 6, 6] f32>
  return
}

// -----

func.func @conv_c2_dilation(%x: !tenon.tensor<[B, 4, 8, 8] f32>, %w: !tenon.tensor<[6, 4, 3, 3] f32>) {
  // expected-error@+1 {{C2: strides, dilations and groups are 1 or more, pads 0 or more}}
  %y = tenon.conv %x, %w strides [1, 1] pads [0, 0] dilations [1, 0] groups 1
      : !tenon.tensor<[B, 4, 8, 8] f32>, !tenon.tensor<[6, 4, 3, 3] f32> -> !tenon.tensor<[B, 6, 6, 6] f32>
  return
}

// -----

func.func @conv_c2_groups(%x: !tenon.tensor<[B, 4, 8, 8] f32>, %w: !tenon.tensor<[6, 4, 3, 3] f32>) {
  // expected-error@+1 {{C2: strides, dilations and groups are 1 or more, pads 0 or more}}
  %y = tenon.conv %x, %w strides [1, 1] pads [0, 0] dilations [1, 1] groups 0
      : !tenon.tensor<[B, 4, 8, 8] f32>, !tenon.tensor<[6, 4, 3, 3] f32> -> !tenon.tensor<[B, 6, 6, 6] f32>
  return
}

// -----

func.func @conv_c3_channels(%x: !tenon.tensor<[B, 4, 8, 8] f32>, %w: !tenon.tensor<[6, 4, 3, 3] f32>) {
  // expected-error@+1 {{C3: channels of x; expected 8, got 4}}
  %y = tenon.conv %x, %w strides [1, 1] pads [0, 0] dilations [1, 1] groups 2
      : !tenon.tensor<[B, 4, 8, 8] f32>, !tenon.tensor<[6, 4, 3, 3] f32> -> !tenon.tensor<[B, 6, 6, 6] f32>
  return
}

// -----

func.func @conv_c3_outputs(%x: !tenon.tensor<[B, 4, 8, 8] f32>, %w: !tenon.tensor<[6, 1, 3, 3] f32>) {
  // expected-error@+1 {{C3: output channels; expected a multiple of 4, got 6}}
  %y = tenon.conv %x, %w strides [1, 1] pads [0, 0] dilations [1, 1] groups 4
      : !tenon.tensor<[B, 4, 8, 8] f32>, !tenon.tensor<[6, 1, 3, 3] f32> -> !tenon.tensor<[B, 6, 6, 6] f32>
  return
}

// -----

func.func @conv_c4_channels(%x: !tenon.tensor<[B, C, 8, 8] f32>, %w: !tenon.tensor<[6, C, 3, 3] f32>) {
  // expected-error@+1 {{C4: channels of w; expected a constant, got C}}
  %y = tenon.conv %x, %w strides [1, 1] pads [0, 0] dilations [1, 1] groups 1
      : !tenon.tensor<[B, C, 8, 8] f32>, !tenon.tensor<[6, C, 3, 3] f32> -> !tenon.tensor<[B, 6, 6, 6] f32>
  return
}

// -----

func.func @conv_c4_dynamic(%x: !tenon.tensor<[B, 4, 8, N] f32>, %w: !tenon.tensor<[6, 4, 3, 3] f32>) {
  // expected-error@+1 {{C4: spatial axis 1 is symbolic: expected no pad, and strides that end with it}}
  %y = tenon.conv %x, %w strides [1, 1] pads [0, 1] dilations [1, 1] groups 1
      : !tenon.tensor<[B, 4, 8, N] f32>, !tenon.tensor<[6, 4, 3, 3] f32> -> !tenon.tensor<[B, 6, 6, 6] f32>
  return
}

// -----

func.func @conv_c4_window(%x: !tenon.tensor<[B, 4, 2, 8] f32>, %w: !tenon.tensor<[6, 4, 3, 3] f32>) {
  // expected-error@+1 {{C4: the window of spatial axis 0 is larger than the padded input}}
  %y = tenon.conv %x, %w strides [1, 1] pads [0, 0] dilations [1, 1] groups 1
      : !tenon.tensor<[B, 4, 2, 8] f32>, !tenon.tensor<[6, 4, 3, 3] f32> -> !tenon.tensor<[B, 6, 6, 6] f32>
  return
}

// -----

func.func @conv_c4_dilated_window(%x: !tenon.tensor<[B, 4, 8, 8] f32>, %w: !tenon.tensor<[6, 4, 3, 3] f32>) {
  // expected-error@+1 {{C4: the window of spatial axis 1 is larger than the padded input}}
  %y = tenon.conv %x, %w strides [1, 1] pads [0, 0] dilations [1, 4] groups 1
      : !tenon.tensor<[B, 4, 8, 8] f32>, !tenon.tensor<[6, 4, 3, 3] f32> -> !tenon.tensor<[B, 6, 6, 6] f32>
  return
}

// -----

func.func @conv_c4_result(%x: !tenon.tensor<[B, 4, 8, 8] f32>, %w: !tenon.tensor<[6, 4, 3, 3] f32>) {
  // expected-error@+1 {{C4: result; expected '!tenon.tensor<[B, 6, 3, 8] f32>', got '!tenon.tensor<[B, 6, 6, 6] f32>'}}
  %y = tenon.conv %x, %w strides [2, 1] pads [0, 1] dilations [1, 1] groups 1
      : !tenon.tensor<[B, 4, 8, 8] f32>, !tenon.tensor<[6, 4, 3, 3] f32> -> !tenon.tensor<[B, 6, 6, 6] f32>
  return
}

// -----

func.func @block_of_integers(%x: !tenon.tensor<[B, 4] i64>) {
  // expected-error@+1 {{operand #0 must be tensor of f32, but got '!tenon.tensor<[B, 4] i64>'}}
  %y = tenon.softmax %x axis 1 : !tenon.tensor<[B, 4] i64> -> !tenon.tensor<[B, 4] i64>
  return
}

// -----

func.func @rational_c1(%x: !tenon.tensor<[8] f32>, %a: !tenon.tensor<[1, 6] f32>, %b: !tenon.tensor<[8, 4] f32>) {
  // expected-error@+1 {{C1: input of rank 1; expected [.., g, c]}}
  %y = tenon.rational %x, %a, %b form sum_of_abs : !tenon.tensor<[8] f32>, !tenon.tensor<[1, 6] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[8] f32>
  return
}

// -----

func.func @rational_c2_rank(%x: !tenon.tensor<[B, 8, 3] f32>, %a: !tenon.tensor<[6] f32>, %b: !tenon.tensor<[8, 4] f32>) {
  // expected-error@+1 {{C2: numerator; expected [1 or 8, number of coefficients], got [6]}}
  %y = tenon.rational %x, %a, %b form sum_of_abs : !tenon.tensor<[B, 8, 3] f32>, !tenon.tensor<[6] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, 8, 3] f32>
  return
}

// -----

func.func @rational_c2_groups(%x: !tenon.tensor<[B, 8, 3] f32>, %a: !tenon.tensor<[1, 6] f32>, %b: !tenon.tensor<[4, 4] f32>) {
  // expected-error@+1 {{C2: denominator; expected [1 or 8, number of coefficients], got [4, 4]}}
  %y = tenon.rational %x, %a, %b form sum_of_abs : !tenon.tensor<[B, 8, 3] f32>, !tenon.tensor<[1, 6] f32>, !tenon.tensor<[4, 4] f32> -> !tenon.tensor<[B, 8, 3] f32>
  return
}

// -----

func.func @rational_c2_dynamic(%x: !tenon.tensor<[B, 8, 3] f32>, %a: !tenon.tensor<[1, B] f32>, %b: !tenon.tensor<[8, 4] f32>) {
  // expected-error@+1 {{C2: numerator; expected [1 or 8, number of coefficients], got [1, B]}}
  %y = tenon.rational %x, %a, %b form sum_of_abs : !tenon.tensor<[B, 8, 3] f32>, !tenon.tensor<[1, B] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, 8, 3] f32>
  return
}

// -----

func.func @rational_c3(%x: !tenon.tensor<[B, 8, 3] f32>, %a: !tenon.tensor<[1, 6] f32>, %b: !tenon.tensor<[8, 0] f32>) {
  // expected-error@+1 {{C3: denominator without coefficients}}
  %y = tenon.rational %x, %a, %b form sum_of_abs : !tenon.tensor<[B, 8, 3] f32>, !tenon.tensor<[1, 6] f32>, !tenon.tensor<[8, 0] f32> -> !tenon.tensor<[B, 8, 3] f32>
  return
}

// -----

func.func @rational_c4(%x: !tenon.tensor<[B, 8, 3] f32>, %a: !tenon.tensor<[1, 6] f32>, %b: !tenon.tensor<[8, 4] f32>) {
  // expected-error@+1 {{C4: result; expected '!tenon.tensor<[B, 8, 3] f32>', got '!tenon.tensor<[B, 24] f32>'}}
  %y = tenon.rational %x, %a, %b form sum_of_abs : !tenon.tensor<[B, 8, 3] f32>, !tenon.tensor<[1, 6] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, 24] f32>
  return
}

// -----

func.func @route_c1(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i1>) {
  // expected-error@+1 {{C1: ids of type i1; expected i32 or i64}}
  %y = tenon.route %i of %x : !tenon.tensor<[B] i1>, !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @route_c2_none(%i: !tenon.tensor<[B] i64>) {
  // expected-error@+1 {{C2: expected at least one branch}}
  %y = "tenon.route"(%i) : (!tenon.tensor<[B] i64>) -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @route_c2_type(%x: !tenon.tensor<[B, 4] f32>, %z: !tenon.tensor<[B, 5] f32>, %i: !tenon.tensor<[B] i64>) {
  // expected-error@+1 {{C2: branch 1; expected '!tenon.tensor<[B, 4] f32>', got '!tenon.tensor<[B, 5] f32>'}}
  %y = tenon.route %i of %x, %z : !tenon.tensor<[B] i64>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 5] f32> -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @route_c3(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[N] i64>) {
  // expected-error@+1 {{C3: leading axes of the result; expected [N], got [B, 4]}}
  %y = tenon.route %i of %x : !tenon.tensor<[N] i64>, !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @kan_c1_rank(%x: !tenon.tensor<[B, 4] f32>, %c: !tenon.tensor<[5, 4] f32>) {
  // expected-error@+1 {{C1: coefficients; expected [O, I, K] of constant sizes, 1 or more, got [5, 4]}}
  %y = tenon.kan %c (%e = %x) : (!tenon.tensor<[5, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 5] f32> {
    tenon.yield %e : f32
  }
  return
}

// -----

func.func @kan_c1_dynamic(%x: !tenon.tensor<[B, 4] f32>, %c: !tenon.tensor<[5, B, 1] f32>) {
  // expected-error@+1 {{C1: coefficients; expected [O, I, K] of constant sizes, 1 or more, got [5, B, 1]}}
  %y = tenon.kan %c (%e = %x) : (!tenon.tensor<[5, B, 1] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 5] f32> {
    tenon.yield %e : f32
  }
  return
}

// -----

func.func @kan_c2_result(%x: !tenon.tensor<[B, 4] f32>, %c: !tenon.tensor<[5, 4, 1] f32>) {
  // expected-error@+1 {{C2: result; expected [.., 5], got [B, 6]}}
  %y = tenon.kan %c (%e = %x) : (!tenon.tensor<[5, 4, 1] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 6] f32> {
    tenon.yield %e : f32
  }
  return
}

// -----

func.func @kan_c2_input(%x: !tenon.tensor<[B, 3] f32>, %c: !tenon.tensor<[5, 4, 1] f32>) {
  // expected-error@+1 {{C2: input 0; expected a shape that repeats to [B, 4], got [B, 3]}}
  %y = tenon.kan %c (%e = %x) : (!tenon.tensor<[5, 4, 1] f32>, !tenon.tensor<[B, 3] f32>) -> !tenon.tensor<[B, 5] f32> {
    tenon.yield %e : f32
  }
  return
}

// -----

func.func @kan_c3_terms(%x: !tenon.tensor<[B, 4] f32>, %c: !tenon.tensor<[5, 4, 2] f32>) {
  // expected-error@+1 {{C3: the region must yield 2 values of type 'f32'}}
  %y = tenon.kan %c (%e = %x) : (!tenon.tensor<[5, 4, 2] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 5] f32> {
    tenon.yield %e : f32
  }
  return
}

// -----

func.func @kan_c2_no_input(%c: !tenon.tensor<[5, 4, 1] f32>) {
  // expected-error@+1 {{C2: no input}}
  %y = tenon.kan %c () : (!tenon.tensor<[5, 4, 1] f32>) -> !tenon.tensor<[B, 5] f32> {
    %one = arith.constant 1.0 : f32
    tenon.yield %one : f32
  }
  return
}

// -----

func.func @kan_c3_argument(%x: !tenon.tensor<[B, 4] f32>, %c: !tenon.tensor<[5, 4, 1] f32>) {
  // expected-error@+1 {{C3: region arguments; expected 1, got 0}}
  %y = "tenon.kan"(%c, %x) ({
    %one = arith.constant 1.0 : f32
    tenon.yield %one : f32
  }) : (!tenon.tensor<[5, 4, 1] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 5] f32>
  return
}

// -----

func.func @kan_c3_type(%x: !tenon.tensor<[B, 4] f32>, %c: !tenon.tensor<[5, 4, 1] f32>) {
  // expected-error@+1 {{C3: region argument 0; expected 'f32', got 'f64'}}
  %y = "tenon.kan"(%c, %x) ({
  ^bb0(%e: f64):
    %one = arith.constant 1.0 : f32
    tenon.yield %one : f32
  }) : (!tenon.tensor<[5, 4, 1] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 5] f32>
  return
}

// -----

func.func @kan_c4(%x: !tenon.tensor<[B, 4] f32>, %c: !tenon.tensor<[5, 4, 1] f32>) {
  // expected-error@+1 {{C4}}
  %y = tenon.kan %c (%e = %x) : (!tenon.tensor<[5, 4, 1] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 5] f32> {
    %z = tenon.constant 1.0 : f32 -> !tenon.tensor<[] f32>
    tenon.yield %e : f32
  }
  return
}
