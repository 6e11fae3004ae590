// The network of mlp.tenon, config test, written by hand:
// x [B, 7] -> gelu(x W1^T + b1) W2^T + b2, gelu(h) = h / 2 (1 + erf(h / sqrt 2)).
tenon.size @B from 0 to *
tenon.param trainable @"fc1.weight" : !tenon.tensor<[13, 7] f32>
tenon.param trainable @"fc1.bias" : !tenon.tensor<[13] f32>
tenon.param trainable @"fc2.weight" : !tenon.tensor<[5, 13] f32>
tenon.param trainable @"fc2.bias" : !tenon.tensor<[5] f32>
func.func @forward(%x: !tenon.tensor<[B, 7] f32> {tenon.name = "x"})
    -> (!tenon.tensor<[B, 5] f32> {tenon.name = "y"}) {
  %w1 = tenon.read @"fc1.weight" : !tenon.tensor<[13, 7] f32>
  %b1 = tenon.read @"fc1.bias" : !tenon.tensor<[13] f32>
  %w2 = tenon.read @"fc2.weight" : !tenon.tensor<[5, 13] f32>
  %b2 = tenon.read @"fc2.bias" : !tenon.tensor<[5] f32>
  %product = tenon.contract %x[a, b], %w1[c, b] -> [a, c]
      : !tenon.tensor<[B, 7] f32>, !tenon.tensor<[13, 7] f32> -> !tenon.tensor<[B, 13] f32>
  %hidden = tenon.map (%p = %product, %q = %b1)
      : (!tenon.tensor<[B, 13] f32>, !tenon.tensor<[13] f32>) -> !tenon.tensor<[B, 13] f32> {
    %h = arith.addf %p, %q : f32
    %half = arith.constant 0.5 : f32
    %one = arith.constant 1.0 : f32
    %scale = arith.constant 0.707106781 : f32
    %scaled = arith.mulf %h, %scale : f32
    %erf = math.erf %scaled : f32
    %sum = arith.addf %erf, %one : f32
    %halved = arith.mulf %h, %half : f32
    %gelu = arith.mulf %halved, %sum : f32
    tenon.yield %gelu : f32
  }
  %second = tenon.contract %hidden[a, b], %w2[c, b] -> [a, c]
      : !tenon.tensor<[B, 13] f32>, !tenon.tensor<[5, 13] f32> -> !tenon.tensor<[B, 5] f32>
  %y = tenon.map (%p = %second, %q = %b2)
      : (!tenon.tensor<[B, 5] f32>, !tenon.tensor<[5] f32>) -> !tenon.tensor<[B, 5] f32> {
    %s = arith.addf %p, %q : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[B, 5] f32>
}
