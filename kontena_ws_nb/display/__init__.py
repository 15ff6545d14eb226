"""Pure functions from values to what is shown: HTML and text, escaped in one place each (`html`, `text`)."""
