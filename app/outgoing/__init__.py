"""What Condyle sends to other machines by HTTP or SMTP: to checked addresses, or not at all."""
