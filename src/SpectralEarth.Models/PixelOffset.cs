using System.Text.Json.Serialization;
using SpectralEarth.Recipes;

namespace SpectralEarth.Models;

/// <summary>
/// Where images show the ground that labels give to a pixel: <paramref name="Rows"/> below and <paramref name="Columns"/> to the right of it.
/// Products are placed to about a pixel only, label rasters often more exactly.
/// </summary>
/// <param name="Rows">Rows, pixels, down.</param>
/// <param name="Columns">Columns, pixels, to the right.</param>
public sealed record PixelOffset(double Rows, double Columns) : IRecipePart
{
    /// <summary>Largest offset along a side, pixels: further off, labels are of other ground.</summary>
    public const double Most = 2;

    /// <summary>Labels and images lie on each other.</summary>
    public static PixelOffset None { get; } = new(0, 0);

    /// <summary>True if images can be moved by it.</summary>
    [JsonIgnore]
    public bool IsPossible => Math.Abs(Rows) <= Most && Math.Abs(Columns) <= Most;

    /// <inheritdoc/>
    public void AddRules(RuleBook rules) =>
        rules.Require(IsPossible, FormattableString.Invariant($"rows and columns must lie in -{Most} to {Most} but are {Rows} and {Columns}."));

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Rows:+0.###;-0.###;0} rows and {Columns:+0.###;-0.###;0} columns");
}
