"""An owner's second thoughts: taking back what they shared, and for a moment having it back."""
