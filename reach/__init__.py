"""How a wire reaches its other side: TCP or TLS, again and again, not too fast. Shared by SMPP and AMI."""
