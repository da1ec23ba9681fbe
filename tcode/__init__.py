"""T-codes: mint, sign, check, QR picture, printable slip."""
