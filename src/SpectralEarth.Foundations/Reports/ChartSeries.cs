namespace SpectralEarth.Reports;

/// <summary>A named line of a chart.</summary>
/// <param name="Name">Name in the legend.</param>
/// <param name="X">Positions; NaN or infinity breaks the line.</param>
/// <param name="Y">Values; NaN or infinity breaks the line.</param>
/// <param name="Color">Colour; by default the next of the palette.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, Rgb? Color = null);

/// <summary>A named bar of a chart.</summary>
/// <param name="Name">Name beside the bar.</param>
/// <param name="Value">Length of the bar; null, NaN or infinity draws none but a dash.</param>
/// <param name="Color">Colour; by default that of all bars.</param>
public sealed record ChartBar(string Name, double? Value, Rgb? Color = null);

/// <summary>Positions shaded over the height of a chart.</summary>
/// <param name="Name">Name in the legend.</param>
/// <param name="Ranges">First and last position of each stretch.</param>
public sealed record ChartShade(string Name, IReadOnlyList<(double From, double To)> Ranges);
