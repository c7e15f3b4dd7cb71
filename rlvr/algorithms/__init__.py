"""The arithmetic of policy gradients: pure functions on tensors, each with its shapes and its source."""
