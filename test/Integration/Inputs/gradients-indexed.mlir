// Losses whose derivatives gradients.py checks: ops that model text cannot name.
module {
  tenon.size @B from 0 to *
  tenon.size @N from 3 to *
  func.func @put(%x: !tenon.tensor<[B, N, 4] f32> {tenon.name = "x"}, %t: !tenon.tensor<[5, N, 4] f32> {tenon.name = "t"}, %c: !tenon.tensor<[5, N, 4] f32> {tenon.name = "c"}) -> (!tenon.tensor<[] f32> {tenon.name = "loss"}) {
    %places = tenon.iota -> !tenon.tensor<[B] i64>
    %ids = tenon.map (%p = %places) : (!tenon.tensor<[B] i64>) -> !tenon.tensor<[B] i64> {
      %step = arith.constant 3 : i64
      %id = arith.muli %p, %step : i64
      tenon.yield %id : i64
    }
    %y = tenon.put %x into %t[%ids] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[5, N, 4] f32>, !tenon.tensor<[B] i64> -> !tenon.tensor<[5, N, 4] f32>
    %s = tenon.map (%a = %y, %b = %c) : (!tenon.tensor<[5, N, 4] f32>, !tenon.tensor<[5, N, 4] f32>) -> !tenon.tensor<[5, N, 4] f32> {
      %q = arith.mulf %a, %a : f32
      %m = arith.mulf %q, %b : f32
      tenon.yield %m : f32
    }
    %l = tenon.reduce sum %s over [0, 1, 2] : !tenon.tensor<[5, N, 4] f32> -> !tenon.tensor<[] f32>
    return %l : !tenon.tensor<[] f32>
  }
}
