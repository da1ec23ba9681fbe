"""Dialogs as menus on a phone's screen: paging, sessions, resume; SMS commands too."""
