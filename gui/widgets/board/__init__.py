"""The board of leads: columns of cards, any number of them."""
