"""What makes a dashboard of rows: components that lie beside each other, on a desk and on a phone."""
