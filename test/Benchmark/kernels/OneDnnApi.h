//===- OneDnnApi.h - where the versions of oneDNN differ ------------------===//
//
// Version 2 describes a primitive in two steps, version 3 in one.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_BENCH_ONEDNNAPI_H
#define TENON_BENCH_ONEDNNAPI_H

#include <oneapi/dnnl/dnnl.hpp>

namespace tenon::bench {

#if DNNL_VERSION_MAJOR >= 3
inline dnnl::memory::dims dimsOf(const dnnl::memory &tensor) {
  return tensor.get_desc().get_dims();
}

inline dnnl::matmul::primitive_desc
describeMatmul(const dnnl::engine &engine, const dnnl::memory::desc &x,
               const dnnl::memory::desc &weight, const dnnl::memory::desc *bias,
               const dnnl::memory::desc &y, const dnnl::primitive_attr &attributes) {
  if (bias)
    return {engine, x, weight, *bias, y, attributes};
  return {engine, x, weight, y, attributes};
}

inline dnnl::inner_product_forward::primitive_desc
describeInnerProduct(const dnnl::engine &engine, const dnnl::memory::desc &x,
                     const dnnl::memory::desc &weight, const dnnl::memory::desc *bias,
                     const dnnl::memory::desc &y, const dnnl::primitive_attr &attributes) {
  auto kind = dnnl::prop_kind::forward_inference;
  if (bias)
    return {engine, kind, x, weight, *bias, y, attributes};
  return {engine, kind, x, weight, y, attributes};
}

inline dnnl::primitive makeLayerNorm(const dnnl::engine &engine, const dnnl::memory::desc &layout) {
  return dnnl::layer_normalization_forward(
      {engine, dnnl::prop_kind::forward_inference, layout, layout, 1e-5f,
       dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift});
}

inline dnnl::primitive makeSoftmax(const dnnl::engine &engine, const dnnl::memory::desc &layout,
                                   int axis) {
  return dnnl::softmax_forward({engine, dnnl::prop_kind::forward_inference,
                                dnnl::algorithm::softmax_accurate, layout, layout, axis});
}

inline void appendEltwise(dnnl::post_ops &operations, dnnl::algorithm algorithm, float alpha) {
  operations.append_eltwise(algorithm, alpha, 0);
}

inline void setScale(dnnl::post_ops &operations, dnnl::primitive_attr &, float scale) {
  operations.append_eltwise(dnnl::algorithm::eltwise_linear, scale, 0);
}
#else
inline dnnl::memory::dims dimsOf(const dnnl::memory &tensor) { return tensor.get_desc().dims(); }

inline dnnl::matmul::primitive_desc
describeMatmul(const dnnl::engine &engine, const dnnl::memory::desc &x,
               const dnnl::memory::desc &weight, const dnnl::memory::desc *bias,
               const dnnl::memory::desc &y, const dnnl::primitive_attr &attributes) {
  if (bias)
    return {dnnl::matmul::desc(x, weight, *bias, y), attributes, engine};
  return {dnnl::matmul::desc(x, weight, y), attributes, engine};
}

inline dnnl::inner_product_forward::primitive_desc
describeInnerProduct(const dnnl::engine &engine, const dnnl::memory::desc &x,
                     const dnnl::memory::desc &weight, const dnnl::memory::desc *bias,
                     const dnnl::memory::desc &y, const dnnl::primitive_attr &attributes) {
  using Description = dnnl::inner_product_forward::desc;
  auto kind = dnnl::prop_kind::forward_inference;
  if (bias)
    return {Description(kind, x, weight, *bias, y), attributes, engine};
  return {Description(kind, x, weight, y), attributes, engine};
}

inline dnnl::primitive makeLayerNorm(const dnnl::engine &engine, const dnnl::memory::desc &layout) {
  return dnnl::layer_normalization_forward(
      {dnnl::layer_normalization_forward::desc(dnnl::prop_kind::forward_inference, layout, 1e-5f,
                                               dnnl::normalization_flags::use_scale |
                                                   dnnl::normalization_flags::use_shift),
       engine});
}

inline dnnl::primitive makeSoftmax(const dnnl::engine &engine, const dnnl::memory::desc &layout,
                                   int axis) {
  return dnnl::softmax_forward(
      {dnnl::softmax_forward::desc(dnnl::prop_kind::forward_inference, layout, axis), engine});
}

inline void appendEltwise(dnnl::post_ops &operations, dnnl::algorithm algorithm, float alpha) {
  operations.append_eltwise(1, algorithm, alpha, 0);
}

inline void setScale(dnnl::post_ops &, dnnl::primitive_attr &attributes, float scale) {
  attributes.set_output_scales(0, {scale});
}
#endif

} // namespace tenon::bench

#endif // TENON_BENCH_ONEDNNAPI_H
