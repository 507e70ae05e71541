"""Google's Gemini API: models that hear and speak; its chat is OpenAI's protocol."""
