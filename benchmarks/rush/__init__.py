"""Ten thousand residents want five hundred places at the moment of their release, by USSD, SMS and telephone."""
