"""What Condyle is made of that others wrote: their names, licences and notices."""
