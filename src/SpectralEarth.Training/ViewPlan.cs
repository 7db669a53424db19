using SpectralEarth.Training.Augmentation;

namespace SpectralEarth.Training;

/// <summary>The views of a sample that one step sees. With several dates of a location, view v is of date v modulo their number.</summary>
/// <param name="Views">Augmentation of each view, and its side in pixels; null keeps the window's.</param>
/// <param name="Dates">Patches of a location that stand side by side in a batch.</param>
public sealed record ViewPlan(IReadOnlyList<(AugmentationRecipe Augmentation, int? Size)> Views, int Dates)
{
    /// <summary>Two views alike, and some smaller ones.</summary>
    internal static ViewPlan Pair(AugmentationRecipe augmentation, int dates, int smaller = 0, AugmentationRecipe? ofSmaller = null, int? size = null) => new(
        [(augmentation, null), (augmentation, null), .. Enumerable.Repeat((ofSmaller ?? augmentation, size), smaller)], dates);
}
