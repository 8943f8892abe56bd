"""What stands in, inside compiled notebooks, for libraries that the images of Fabric lack."""
