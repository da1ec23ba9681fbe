"""`caredial care`: follow-up of chronic disease, for doctors and the desk."""
