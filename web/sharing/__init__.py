"""Links that show an image or a profile to people without an account: made by its owner, opened by anybody."""
