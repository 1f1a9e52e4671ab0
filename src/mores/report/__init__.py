"""What a researcher shows to others: tables as files, figures, and one page that opens offline."""
