//===- TenonOps.td - The whole tenon dialect -*- tablegen -*-===//

#ifndef TENON_DIALECT_TENON_IR_TENONOPS_TD
#define TENON_DIALECT_TENON_IR_TENONOPS_TD

include "tenon/Dialect/Tenon/IR/AttentionOps.td"
include "tenon/Dialect/Tenon/IR/ConvOps.td"
include "tenon/Dialect/Tenon/IR/FeedForwardOps.td"
include "tenon/Dialect/Tenon/IR/KanOps.td"
include "tenon/Dialect/Tenon/IR/MixtureOps.td"
include "tenon/Dialect/Tenon/IR/NormOps.td"
include "tenon/Dialect/Tenon/IR/TensorOps.td"
include "tenon/Dialect/Tenon/IR/TrainingOps.td"

#endif // TENON_DIALECT_TENON_IR_TENONOPS_TD
