using SpectralEarth.Recipes;

namespace SpectralEarth.Training.Augmentation;

/// <summary>Geometric augmentation per sample; spectra are never changed.</summary>
public sealed record AugmentationRecipe : IRecipePart
{
    /// <summary>Whether samples are mirrored left-right and top-down, each with probability one half.</summary>
    public bool Flips { get; init; } = true;
    /// <summary>Whether samples are turned by 0, 90, 180 or 270 degrees, equally likely.</summary>
    public bool Rotations { get; init; } = true;
    /// <summary>Smallest and largest share of the area that a random resized crop takes; null crops nothing.</summary>
    public IReadOnlyList<double>? ResizedCropScale { get; init; }

    /// <inheritdoc/>
    public void AddRules(RuleBook rules) =>
        rules.Require(ResizedCropScale is null || (ResizedCropScale is [var least, var most] && least > 0 && least <= most && most <= 1),
            $"resized_crop_scale must be two ascending numbers in (0, 1] but is [{string.Join(", ", ResizedCropScale ?? [])}].");
}
