tenon.size @B from 0 to *
func.func @forward(%x: !tenon.tensor<[B, 4] f32> {tenon.name = "x"})
    -> (!tenon.tensor<[B, 4] f32> {tenon.name = "y"}) {
  %y = "crash.now"(%x) : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  return %y : !tenon.tensor<[B, 4] f32>
}
func.func @other(%x: !tenon.tensor<[B, 4] f32> {tenon.name = "x"})
    -> (!tenon.tensor<[B, 4] f32> {tenon.name = "y"}) {
  %y = "crash.now"(%x) : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  return %y : !tenon.tensor<[B, 4] f32>
}
