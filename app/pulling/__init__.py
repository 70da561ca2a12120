"""Films that an admin fetches from a PACS by DICOMweb: asked for, counted, fetched, compared."""
