"""Trained models as files of others: ONNX, and scikit-learn objects. Neither is ever read back."""
