"""What clients read and call: system views and functions, as SQL files."""
