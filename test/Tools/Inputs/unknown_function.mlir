// An arc tangent, for which the math table has no program.
tenon.size @B from 0 to *
func.func @forward(%x: !tenon.tensor<[B] f32> {tenon.name = "x"}) -> (!tenon.tensor<[B] f32> {tenon.name = "y"}) {
  %y = tenon.map (%e = %x) : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
    %a = math.atan %e : f32
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[B] f32>
}
