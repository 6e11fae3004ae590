// x [B, 7] -> softmax(relu(x W1^T + b1) W2^T + b2).
tenon.size @B from 0 to *
tenon.param trainable @"fc1.weight" : !tenon.tensor<[20, 7] f32>
tenon.param trainable @"fc1.bias" : !tenon.tensor<[20] f32>
tenon.param trainable @"fc2.weight" : !tenon.tensor<[5, 20] f32>
tenon.param trainable @"fc2.bias" : !tenon.tensor<[5] f32>
func.func @forward(%x: !tenon.tensor<[B, 7] f32> {tenon.name = "x"}) -> (!tenon.tensor<[B, 5] f32> {tenon.name = "y"}) {
  %w1 = tenon.read @"fc1.weight" : !tenon.tensor<[20, 7] f32>
  %b1 = tenon.read @"fc1.bias" : !tenon.tensor<[20] f32>
  %w2 = tenon.read @"fc2.weight" : !tenon.tensor<[5, 20] f32>
  %b2 = tenon.read @"fc2.bias" : !tenon.tensor<[5] f32>
  %h = tenon.contract %x[a, b], %w1[c, b] -> [a, c] : !tenon.tensor<[B, 7] f32>, !tenon.tensor<[20, 7] f32> -> !tenon.tensor<[B, 20] f32>
  %hb = tenon.map (%p = %h, %q = %b1) : (!tenon.tensor<[B, 20] f32>, !tenon.tensor<[20] f32>) -> !tenon.tensor<[B, 20] f32> {
    %s = arith.addf %p, %q : f32
    tenon.yield %s : f32
  }
  %r = tenon.map (%p = %hb) : (!tenon.tensor<[B, 20] f32>) -> !tenon.tensor<[B, 20] f32> {
    %z = arith.constant 0.0 : f32
    %s = arith.maximumf %p, %z : f32
    tenon.yield %s : f32
  }
  %y = tenon.contract %r[a, b], %w2[c, b] -> [a, c] : !tenon.tensor<[B, 20] f32>, !tenon.tensor<[5, 20] f32> -> !tenon.tensor<[B, 5] f32>
  %yb = tenon.map (%p = %y, %q = %b2) : (!tenon.tensor<[B, 5] f32>, !tenon.tensor<[5] f32>) -> !tenon.tensor<[B, 5] f32> {
    %s = arith.addf %p, %q : f32
    tenon.yield %s : f32
  }
  %n = tenon.softmax %yb axis 1 : !tenon.tensor<[B, 5] f32> -> !tenon.tensor<[B, 5] f32>
  return %n : !tenon.tensor<[B, 5] f32>
}
