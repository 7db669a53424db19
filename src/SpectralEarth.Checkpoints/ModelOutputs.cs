namespace SpectralEarth.Checkpoints;

/// <summary>A class that a model can name.</summary>
/// <param name="Code">Code in maps and label rasters, 1 to 255.</param>
/// <param name="Name">Name shown to people.</param>
/// <param name="Color">Colour in maps, "#rrggbb".</param>
public sealed record ModelClass(int Code, string Name, string Color);

/// <summary>A number that a model can estimate: what the network gives, times the deviation, plus the mean.</summary>
/// <param name="Name">Name shown to people.</param>
/// <param name="Unit">Unit of the estimate; empty if it has none.</param>
/// <param name="Mean">Mean of the training values, in the unit; 0 if they were not standardised.</param>
/// <param name="StandardDeviation">Standard deviation of the training values, in the unit; 1 if they were not standardised.</param>
public sealed record ModelTarget(string Name, string Unit = "", double Mean = 0, double StandardDeviation = 1);
