"""The value–action gap (Lakerveld 2026): stated values against chosen actions, by persona."""
