"""What the user may write: the models of the spec, and the CRD made from them."""
