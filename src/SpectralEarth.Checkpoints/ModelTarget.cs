namespace SpectralEarth.Checkpoints;

/// <summary>A number that a model can estimate: what the network gives, times the deviation, plus the mean.</summary>
/// <param name="Name">Name shown to people.</param>
/// <param name="Unit">Unit of the estimate; empty if it has none.</param>
/// <param name="Mean">Mean of the training values, in the unit; 0 if they were not standardised.</param>
/// <param name="StandardDeviation">Standard deviation of the training values, in the unit; 1 if they were not standardised.</param>
public sealed record ModelTarget(string Name, string Unit = "", double Mean = 0, double StandardDeviation = 1);
