// RUN: tenon-reference %s --entry anywhere --input 'x=[-2.5, -0.5, 0.3, 2.5]' --print \
// RUN:   | FileCheck %s --check-prefix=ANYWHERE
// RUN: tenon-reference %s --entry positive --input 'x=[0, 0.25, 3, -1]' --print \
// RUN:   | FileCheck %s --check-prefix=POSITIVE

!v = !tenon.tensor<[N] f32>
tenon.size @N from 0 to *

// ANYWHERE: result0 = [0.0820849986, 0.60653066, 1.34985882, 12.182494]
// ANYWHERE: result1 = [-0.999593048, -0.520499878, 0.328626772, 0.999593048]
// ANYWHERE: result2 = [-0.986614298, -0.462117157, 0.291312623, 0.986614298]
// ANYWHERE: result3 = [-3, -1, 0, 2]
// ANYWHERE: result4 = [-2, -0, 0, 2]
// ANYWHERE: result5 = [2.5, 0.5, 0.300000012, 2.5]
func.func @anywhere(%x: !v {tenon.name = "x"}) -> (!v, !v, !v, !v, !v, !v) {
  %exp = tenon.map (%a = %x) : (!v) -> !v {
    %r = math.exp %a : f32
    tenon.yield %r : f32
  }
  %erf = tenon.map (%a = %x) : (!v) -> !v {
    %r = math.erf %a : f32
    tenon.yield %r : f32
  }
  %tanh = tenon.map (%a = %x) : (!v) -> !v {
    %r = math.tanh %a : f32
    tenon.yield %r : f32
  }
  %floor = tenon.map (%a = %x) : (!v) -> !v {
    %r = math.floor %a : f32
    tenon.yield %r : f32
  }
  %roundeven = tenon.map (%a = %x) : (!v) -> !v {
    %r = math.roundeven %a : f32
    tenon.yield %r : f32
  }
  %absf = tenon.map (%a = %x) : (!v) -> !v {
    %r = math.absf %a : f32
    tenon.yield %r : f32
  }
  return %exp, %erf, %tanh, %floor, %roundeven, %absf : !v, !v, !v, !v, !v, !v
}

// POSITIVE: result0 = [-inf, -1.38629436, 1.09861229, nan]
// POSITIVE: result1 = [0, 0.5, 1.73205081, nan]
// POSITIVE: result2 = [inf, 2, 0.577350269, nan]
func.func @positive(%x: !v {tenon.name = "x"}) -> (!v, !v, !v) {
  %log = tenon.map (%a = %x) : (!v) -> !v {
    %r = math.log %a : f32
    tenon.yield %r : f32
  }
  %sqrt = tenon.map (%a = %x) : (!v) -> !v {
    %r = math.sqrt %a : f32
    tenon.yield %r : f32
  }
  %rsqrt = tenon.map (%a = %x) : (!v) -> !v {
    %r = math.rsqrt %a : f32
    tenon.yield %r : f32
  }
  return %log, %sqrt, %rsqrt : !v, !v, !v
}
