// Losses whose derivatives gradients.py checks: scalar ops that model text cannot name.
module {
  tenon.size @B from 0 to *
  tenon.size @N from 3 to *
  func.func @inverse(%x: !tenon.tensor<[B, 4] f32> {tenon.name = "small_x"}, %y: !tenon.tensor<[B, 4] f32> {tenon.name = "y"}) -> (!tenon.tensor<[] f32> {tenon.name = "loss"}) {
    %0 = tenon.map (%a = %x, %b = %y) : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
      %1 = math.acos %a : f32
      %2 = math.asin %a : f32
      %3 = math.atan %b : f32
      %4 = math.atan2 %a, %b : f32
      %5 = arith.mulf %1, %3 : f32
      %6 = arith.mulf %2, %4 : f32
      %7 = arith.addf %5, %6 : f32
      tenon.yield %7 : f32
    }
    %s = tenon.reduce sum %0 over [0, 1] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[] f32>
    return %s : !tenon.tensor<[] f32>
  }
  func.func @growing(%x: !tenon.tensor<[B, 4] f32> {tenon.name = "positive_x"}, %y: !tenon.tensor<[B, 4] f32> {tenon.name = "small_y"}) -> (!tenon.tensor<[] f32> {tenon.name = "loss"}) {
    %0 = tenon.map (%a = %x, %b = %y) : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
      %1 = math.log2 %a : f32
      %2 = math.log10 %a : f32
      %3 = math.log1p %a : f32
      %4 = math.exp2 %b : f32
      %5 = math.expm1 %b : f32
      %6 = math.cosh %b : f32
      %7 = math.sinh %b : f32
      %8 = math.powf %a, %b : f32
      %9 = math.rsqrt %a : f32
      %10 = math.erfc %b : f32
      %11 = math.tan %b : f32
      %12 = arith.mulf %1, %4 : f32
      %13 = arith.mulf %2, %5 : f32
      %14 = arith.mulf %3, %6 : f32
      %15 = arith.mulf %8, %7 : f32
      %16 = arith.mulf %9, %10 : f32
      %17 = arith.addf %12, %13 : f32
      %18 = math.fma %14, %b, %17 : f32
      %19 = arith.addf %15, %16 : f32
      %20 = arith.addf %18, %19 : f32
      %21 = math.fma %11, %11, %20 : f32
      tenon.yield %21 : f32
    }
    %s = tenon.reduce sum %0 over [0, 1] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[] f32>
    return %s : !tenon.tensor<[] f32>
  }
  func.func @steps(%x: !tenon.tensor<[B, 4] f32> {tenon.name = "stepped_x"}, %y: !tenon.tensor<[B, 4] f32> {tenon.name = "stepped_y"}) -> (!tenon.tensor<[] f32> {tenon.name = "loss"}) {
    %0 = tenon.map (%a = %x, %b = %y) : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
      %c = arith.constant 0.30 : f32
      %1 = math.copysign %a, %b : f32
      %2 = arith.remf %a, %c : f32
      %3 = math.floor %a : f32
      %4 = math.round %b : f32
      %5 = arith.maxnumf %a, %b : f32
      %6 = arith.minnumf %a, %b : f32
      %7 = arith.extf %a : f32 to f64
      %8 = arith.mulf %7, %7 : f64
      %9 = arith.truncf %8 : f64 to f32
      %10 = arith.mulf %1, %2 : f32
      %11 = arith.mulf %5, %3 : f32
      %12 = arith.mulf %6, %4 : f32
      %13 = arith.addf %10, %11 : f32
      %14 = arith.addf %12, %9 : f32
      %15 = arith.mulf %13, %14 : f32
      tenon.yield %15 : f32
    }
    %s = tenon.reduce sum %0 over [0, 1] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[] f32>
    return %s : !tenon.tensor<[] f32>
  }
}
