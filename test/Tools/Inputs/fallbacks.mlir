tenon.size @B from 0 to *
func.func @forward(%x: !tenon.tensor<[B, 4] f32>) -> (!tenon.tensor<[B, B] f32>, !tenon.tensor<[4, B] f32>) {
  %t = tenon.rearrange %x[a: B, b: 4] -> [b, a] : <[B, 4] f32> -> <[4, B] f32>
  %y = tenon.contract %x[a, c], %x[b, c] -> [a, b] : <[B, 4] f32>, <[B, 4] f32> -> <[B, B] f32>
  return %y, %t : !tenon.tensor<[B, B] f32>, !tenon.tensor<[4, B] f32>
}
