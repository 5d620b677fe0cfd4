"""DailyDilemmas."""
