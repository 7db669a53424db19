using SpectralEarth.Recipes;

namespace SpectralEarth.Training.Augmentation;

/// <summary>Augmentation per sample: where pixels lie and how sharp they are; spectra are never changed.</summary>
public sealed record AugmentationRecipe : IRecipePart
{
    /// <summary>No augmentation.</summary>
    public static AugmentationRecipe None { get; } = new() { Flips = false, Rotations = false };

    /// <summary>Whether samples are mirrored left-right and top-down, each with probability one half.</summary>
    public bool Flips { get; init; } = true;
    /// <summary>Whether samples are turned by 0, 90, 180 or 270 degrees, equally likely.</summary>
    public bool Rotations { get; init; } = true;
    /// <summary>Smallest and largest share of the area that a random resized crop takes; null crops nothing.</summary>
    public IReadOnlyList<double>? ResizedCropScale { get; init; }
    /// <summary>Probability that a sample is blurred, the same in all bands.</summary>
    public double BlurProbability { get; init; }
    /// <summary>Smallest and largest standard deviation of the blur, pixels.</summary>
    public IReadOnlyList<double> BlurSigma { get; init; } = [0.1, 2];
    /// <summary>Length of the blur's kernel, pixels, odd; null takes about a tenth of the image: 13 of 128, 5 of 48.</summary>
    public int? BlurKernel { get; init; }

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        rules.Require(ResizedCropScale is null || (ResizedCropScale is [var least, var most] && least > 0 && least <= most && most <= 1),
            $"resized_crop_scale must be two ascending numbers in (0, 1] but is [{string.Join(", ", ResizedCropScale ?? [])}].");
        rules.Require(BlurProbability is >= 0 and <= 1, $"blur_probability must lie in [0, 1] but is {BlurProbability}.");
        rules.Require(BlurSigma is [var sharpest, var softest] && sharpest > 0 && sharpest <= softest && double.IsFinite(softest),
            $"blur_sigma must be two ascending positive numbers but is [{string.Join(", ", BlurSigma)}].");
        rules.Require(BlurKernel is null || (BlurKernel > 0 && BlurKernel % 2 == 1), $"blur_kernel must be odd and positive, or null, but is {BlurKernel}.");
    }

    /// <summary>Pixels on either side of the middle that the blur of an image of <paramref name="size"/> pixels mixes.</summary>
    internal int BlurRadius(int size) => Math.Min((BlurKernel ?? (size / 10 / 2 * 2) + 1) / 2, size - 1);
}
