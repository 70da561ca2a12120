"""The outbox: what people decided goes to the PACS by itself, and is listed with each answer."""
