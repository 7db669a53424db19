namespace SpectralEarth.Scenes;

/// <summary>A rectangle of pixels inside a raster.</summary>
public readonly record struct RasterWindow(int Column, int Row, int Width, int Height);
