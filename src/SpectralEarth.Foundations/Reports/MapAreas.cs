namespace SpectralEarth.Reports;

/// <summary>Areas of one kind on a map.</summary>
/// <param name="Name">What they have in common; for the legend.</param>
/// <param name="Areas">Corners (longitude, latitude, degrees) of each area in order.</param>
public sealed record MapAreas(string Name, IReadOnlyList<IReadOnlyList<(double Longitude, double Latitude)>> Areas);
