"""String and nails: small pieces without a business word in them."""
