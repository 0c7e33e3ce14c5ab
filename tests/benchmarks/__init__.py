"""What the operator costs: measured on a real control plane, beside other operators."""
