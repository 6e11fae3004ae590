tenon.size @B from 0 to *
func.func @odd(%x: !tenon.tensor<[B, 12] f32>) {
  // expected-error @+1 {{C1: the last axis of '!tenon.tensor<[B, 12] f32>'; expected a power of two}}
  %y = walsh.transform %x : !tenon.tensor<[B, 12] f32> -> !tenon.tensor<[B, 12] f32>
  return
}

// -----

tenon.size @B from 0 to *
func.func @other_type(%x: !tenon.tensor<[B, 4] f32>) {
  // expected-error @+1 {{C2: result; expected '!tenon.tensor<[B, 4] f32>', got '!tenon.tensor<[4, B] f32>'}}
  %y = walsh.transform %x : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[4, B] f32>
  return
}
