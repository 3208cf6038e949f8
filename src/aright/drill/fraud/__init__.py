"""A simulated payment company whose releases of a fraud model come one after the other, some of them bad."""
