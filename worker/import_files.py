"""The import: from files as they came to registered films, in batches, resumable at any file."""



